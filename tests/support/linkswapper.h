#pragma once

#include <QDir>
#include <QFile>
#include <QStringList>

#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <thread>

namespace sockdrop {

/// Swaps `x` and `x/y` in a folder for links to elsewhere and back, again and again, as long as it lives.
class LinkSwapper final
{
public:
    LinkSwapper(const QString& folder, const QString& elsewhere)
    {
        QDir(folder).mkpath(QStringLiteral("x/y"));
        QFile::link(elsewhere, folder + QStringLiteral("/swap"));
        QFile::link(elsewhere + QStringLiteral("/y"), folder + QStringLiteral("/x/swap"));
        m_thread = std::thread([this, root = QFile::encodeName(folder)] {
            const auto exchange = [](const QByteArray& one, const QByteArray& other) {
                static_cast<void>(
                    ::renameat2(AT_FDCWD, one.constData(), AT_FDCWD, other.constData(), RENAME_EXCHANGE));
            };
            for (unsigned i = 0; !m_isStopped; ++i) {
                if (i % 4 < 2)
                    exchange(root + "/x", root + "/swap");
                else
                    exchange(root + "/x/y", root + "/x/swap");
                ++m_swaps;
                m_swaps.notify_all();
                // Mostly in the midst of an upload, sometimes between two.
                for (unsigned turn = 0; turn < 40 * (i % 3); ++turn)
                    std::this_thread::yield();
            }
        });
    }
    ~LinkSwapper()
    {
        m_isStopped = true;
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(LinkSwapper)

    [[nodiscard]] int swaps() const { return m_swaps; }
    /// However seldom its thread gets to run.
    void waitForSwap() const { m_swaps.wait(m_swaps); }

private:
    std::atomic<bool> m_isStopped = false;
    std::atomic<int> m_swaps = 0;
    std::thread m_thread;
};

/// The names of all that is below a folder, folders included; links are not followed.
inline QStringList filesBelow(const QString& folder)
{
    QStringList files;
    for (const QFileInfo& entry :
         QDir(folder).entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)) {
        files.append(entry.fileName());
        if (entry.isDir() && !entry.isSymLink())
            files += filesBelow(entry.filePath());
    }
    return files;
}

} // namespace sockdrop
