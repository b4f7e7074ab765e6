"""The command `book`: every ledger of a park from files, with the code that serves."""
