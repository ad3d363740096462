#pragma once

#include <QString>

namespace sockdrop {

/// Sees to it that only its owner can read or change the database at `path`, and what SQLite keeps beside it
/// (which gets the mode of the database, https://sqlite.org/wal.html): makes it where there is none, and
/// takes others' rights away. What cannot be done is left to be told by whoever opens it.
void keepPrivate(const QString& path);

} // namespace sockdrop
