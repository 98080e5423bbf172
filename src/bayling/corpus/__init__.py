"""Text in, clean pairs out, rejects kept with their reason."""
