#pragma once

#include "receiver.h"

#include <QObject>

namespace sockdrop {

/// Looks at a folder while nobody receives into it. Does so on another thread: a folder may be on a network
/// drive that does not answer.
class FolderProbe final : public QObject
{
    Q_OBJECT

public:
    explicit FolderProbe(QObject* parent = nullptr);

    /// `isMade`: one that is missing will be made when it is needed.
    void look(const QString& folder, bool isMade = false);

Q_SIGNALS:
    void found(const sockdrop::FolderStatus& status);

private:
    QString m_folder;
};

} // namespace sockdrop
