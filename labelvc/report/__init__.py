"""What a reviewer reads: comparisons and listings as text, Markdown and JSON."""
