#pragma once

#include "filedescriptor.h"
#include "filestamp.h"
#include "journal.h"

#include <functional>

namespace sockdrop {

/// A partial file that was let go of, until somebody can vouch for it: once it is synced, and nobody has
/// touched it meanwhile, its journal tells how it looked. Who goes on with it does not wait for that.
class LeftPartial final
{
public:
    /// Cut to what is recorded, and not locked any more.
    struct File
    {
        QByteArray name; ///< in the staging folder
        FileDescriptor descriptor;
        Journal journal;
        Journal::Progress progress;
        qint64 synced = 0;              ///< up to here it is on the disk
        std::optional<FileStamp> stamp; ///< of the moment when it was let go of
    };
    LeftPartial(const SystemCalls& calls, File file) : m_calls(&calls), m_file(std::move(file)) {}

    [[nodiscard]] const QByteArray& name() const { return m_file.name; }

    /// Syncs it and makes the last record; where `isOver` says so meanwhile, it is left to be read again.
    /// False when the sync failed: nobody knows then what the disk has.
    [[nodiscard]] bool settle(const std::function<bool()>& isOver);

private:
    [[nodiscard]] bool isAsLeft() const;

    const SystemCalls* m_calls;
    File m_file;
};

} // namespace sockdrop
