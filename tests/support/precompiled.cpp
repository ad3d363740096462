// A source for the targets that carry the precompiled headers.
