"""What a report holds, free of layout: exact numbers, their doubts, words in two languages."""
