"""Finding smoke and fire in pictures, and confirming it over time."""
