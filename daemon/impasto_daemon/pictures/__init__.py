"""What impasto draws itself: the demo's textures and painting, and contact sheets."""
