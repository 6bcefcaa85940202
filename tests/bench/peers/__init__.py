"""Other ways to transfer a style, run beside ours with one network, so that only the descents differ."""
