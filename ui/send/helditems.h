#pragma once

#include "messagebar.h"

#include <QObject>
#include <QStringList>

namespace sockdrop {

/// What was dropped or given and waits to hear where it goes. It is kept here until it is taken or the person
/// says that it shall not be sent; its bar only tells of it.
class HeldItems final : public QObject
{
    Q_OBJECT

public:
    explicit HeldItems(QWidget* parent);

    /// Keeps further paths, each once.
    void add(const QStringList& paths);
    [[nodiscard]] const QStringList& paths() const { return m_paths; }
    [[nodiscard]] bool isEmpty() const { return m_paths.isEmpty(); }
    /// Hands them over; nothing is held any more.
    [[nodiscard]] QStringList take();

    /// Where they would go; empty: nobody chosen yet.
    void setPeer(const QString& peer);
    [[nodiscard]] MessageBar& bar() { return *m_bar; }

Q_SIGNALS:
    void sendRequested();

private:
    void show();
    [[nodiscard]] QString text() const;

    MessageBar* m_bar;
    QStringList m_paths;
    QString m_peer;
};

} // namespace sockdrop
