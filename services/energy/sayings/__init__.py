"""What services say in English, said in Chinese: closed lists of sentences with holes.

What is kept stays English (books are hashed); it is said in Chinese only where it is shown.
"""
