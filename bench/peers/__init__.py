"""FastStream and Quix Streams doing the same work; see bench/README.md."""
