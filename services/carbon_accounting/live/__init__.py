"""The live books: what registers are known to have counted, booked as it becomes known."""
