#pragma once

#include "landing.h"
#include "systemcalls.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

namespace sockdrop {

inline SafePath safePath(const QString& path)
{
    return SafePath::fromUntrusted(path.split(u'/'), Limits()).value();
}

inline QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(unreadable)");
}

inline bool writeFile(const QString& path, const QByteArray& content)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

/// A destination of its own for each test.
class Destination final
{
public:
    Destination() : m_folder(LandingFolder::open(path()).value()) {}
    explicit Destination(const SystemCalls& calls) : m_folder(LandingFolder::open(path(), calls).value()) {}

    [[nodiscard]] QString path() const { return m_root.path(); }
    [[nodiscard]] QString path(const QString& name) const { return m_root.filePath(name); }
    [[nodiscard]] const std::shared_ptr<const LandingFolder>& folder() const { return m_folder; }

    /// Everything below but the staging folder, with `/`, sorted; links end in `@`.
    [[nodiscard]] QStringList entries() const { return below(m_root.path(), {}); }
    [[nodiscard]] QStringList partials() const
    {
        return QDir(path(QLatin1StringView(stagingFolderName))).entryList(QDir::Files | QDir::Hidden);
    }

    [[nodiscard]] Result<std::unique_ptr<Landing>>
    begin(const QString& name, qint64 size = -1, ConflictPolicy conflict = ConflictPolicy::Rename) const
    {
        return Landing::begin(m_folder, safePath(name), size, conflict);
    }

    /// A whole landing in blocks of 3 bytes.
    [[nodiscard]] Result<LandedFile> land(const QString& name, const QByteArray& content,
                                          ConflictPolicy conflict = ConflictPolicy::Rename,
                                          const QDateTime& modifiedAt = {}) const
    {
        Result<std::unique_ptr<Landing>> landing = begin(name, content.size(), conflict);
        if (!landing)
            return landing.error();
        for (qsizetype at = 0; at < content.size(); at += 3) {
            const Result<void> written = landing.value()->append(
                QByteArrayView(content).sliced(at, std::min<qsizetype>(3, content.size() - at)));
            if (!written)
                return written.error();
        }
        return landing.value()->finish(modifiedAt);
    }

private:
    static QStringList below(const QString& folder, const QString& prefix)
    {
        QStringList entries;
        const auto filter = QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot;
        for (const QFileInfo& entry : QDir(folder).entryInfoList(filter, QDir::Name)) {
            if (entry.fileName() == QLatin1StringView(stagingFolderName))
                continue;
            const QString name = prefix + entry.fileName();
            entries.append(entry.isSymLink() ? name + u'@' : name);
            if (entry.isDir() && !entry.isSymLink())
                entries += below(entry.filePath(), name + u'/');
        }
        return entries;
    }

    QTemporaryDir m_root;
    std::shared_ptr<const LandingFolder> m_folder;
};

} // namespace sockdrop
