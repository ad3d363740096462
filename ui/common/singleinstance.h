#pragma once

#include "result.h"

#include <QLocalServer>
#include <QLockFile>
#include <QObject>
#include <QStringList>

namespace sockdrop {

/// One window for each profile and user: the first start serves a local socket, every further one hands its
/// paths over there and ends.
class SingleInstance final : public QObject
{
    Q_OBJECT

public:
    enum class Role {
        First,  ///< this start opens the window
        Second, ///< the running window has taken the paths
    };

    explicit SingleInstance(const QString& socketName, QObject* parent = nullptr);
    ~SingleInstance() override;

    /// Finds out who we are; recovers what a crash left behind. `paths` must be absolute. Blocks for a few
    /// seconds at most: before the window, not beside it.
    [[nodiscard]] Result<Role> begin(const QStringList& paths);

Q_SIGNALS:
    /// Another start asked for the window, with these paths (maybe none).
    void pathsHandedOver(const QStringList& paths);

private:
    [[nodiscard]] Result<Role> serve();
    [[nodiscard]] Result<Role> handOver(const QStringList& paths) const;
    void accept();

    QString m_socketName;
    QLockFile m_lock;
    QLocalServer m_server;
};

} // namespace sockdrop
