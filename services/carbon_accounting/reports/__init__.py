"""Files of a report's content: PDF and XLSX, Chinese or English, byte for byte the same again."""
