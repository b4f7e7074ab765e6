"""What the page's tests share."""

from tests.support.browser import page

__all__ = ["page"]
