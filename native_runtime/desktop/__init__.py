"""What a desktop program adds: its window, leaving cleanly, and re-entry of a packaged build."""
