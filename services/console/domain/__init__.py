"""What the page shows, from what the services said. Pure."""
