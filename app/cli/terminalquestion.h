#pragma once

#include <QObject>
#include <QSocketNotifier>

namespace sockdrop {

/// Reads lines that a person types at the terminal, in the event loop.
class TerminalQuestion final : public QObject
{
    Q_OBJECT

public:
    TerminalQuestion();

    /// Whether somebody can be asked: standard input and standard error are a terminal.
    [[nodiscard]] static bool isPossible();

    /// Tells answered() of what is typed from now on; what was typed before does not count.
    void listen();
    void ignore() { m_notifier.setEnabled(false); }

Q_SIGNALS:
    /// A line, without blanks around it; empty for a bare Enter.
    void answered(const QString& line);
    /// Nothing more can be typed.
    void ended();

private:
    void read();

    QSocketNotifier m_notifier;
    QByteArray m_line;
};

} // namespace sockdrop
