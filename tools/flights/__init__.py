"""The sample flights' own world: a synthetic district, a camera, a renderer and four scripts."""
