"""The page ``/upload`` in four steps: choose a file, match its columns, look at its rows, send them."""
