"""What the stories share."""

from tests.support.browser import page

__all__ = ["page"]
