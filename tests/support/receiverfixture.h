#pragma once

#include "receiver.h"
#include "wireclient.h"

#include <QTemporaryDir>

#include <memory>

namespace sockdrop {

/// A receiver that lands in a temporary folder, and what it told. Make a new one for each test.
class ReceiverFixture final : public QObject
{
public:
    /// For everyone, and without encryption.
    [[nodiscard]] static ReceiveOptions open(ReceiveOptions options = {});

    /// Goes on, as open() does; the folder and the address are the fixture's.
    bool start(const ReceiveOptions& options = {});
    /// The same under the options' own policy.
    bool startAsIs(ReceiveOptions options);
    [[nodiscard]] Receiver& receiver() { return *m_receiver; }
    [[nodiscard]] WireClient client() const { return WireClient(m_receiver->port()); }

    [[nodiscard]] QString path(const QString& relative = {}) const { return m_folder.filePath(relative); }
    /// All there is in the folder but the staging folder, by name.
    [[nodiscard]] QStringList landed() const;
    [[nodiscard]] QByteArray content(const QString& name) const;
    [[nodiscard]] qsizetype partials() const;

    [[nodiscard]] const QList<TransferSnapshot>& snapshots() const { return m_snapshots; }
    [[nodiscard]] const QList<LogEntry>& entries() const { return m_entries; }
    /// The newest upload's last state; waits until it is final.
    [[nodiscard]] TransferSnapshot finalState() const;

private:
    QTemporaryDir m_folder;
    std::unique_ptr<Receiver> m_receiver;
    QList<TransferSnapshot> m_snapshots;
    QList<LogEntry> m_entries;
};

} // namespace sockdrop
