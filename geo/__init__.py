"""Poses, cameras, rays, terrain, error ellipses, premises: numpy and shapely, pure."""
