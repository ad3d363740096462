#pragma once

#include <QHash>
#include <QMimeDatabase>
#include <QString>

namespace sockdrop {

/// The symbolic icon for a file, judged by its name alone: nothing is opened or looked up on the disk.
/// Remembers each suffix.
class FileIcons final
{
public:
    [[nodiscard]] QString iconName(const QString& fileName);

private:
    QMimeDatabase m_database;
    QHash<QString, QString> m_bySuffix;
};

} // namespace sockdrop
