#pragma once

#include <QJsonObject>
#include <QString>

#include <functional>

class QIODevice;

namespace sockdrop {

/// Standard output and error of the command line. Every text goes through printable(), so that no caller can
/// forget it; every line is given to its device at once. Progress is left out while something waits there.
class Output final
{
public:
    /// Columns of the terminal behind standard output; 0 where there is none.
    using TerminalWidth = std::function<int()>;

    Output(QIODevice& out, QIODevice& error, TerminalWidth terminalWidth);
    /// Leaves no half progress line.
    ~Output();
    Q_DISABLE_COPY_MOVE(Output)

    [[nodiscard]] int terminalWidth() const { return m_terminalWidth(); }

    /// A line on standard output.
    void line(const QString& text);
    /// A line of JSON on standard output, its member "event" first.
    void event(const QString& name, const QJsonObject& fields);
    /// Text of our own on standard output as it is, line feeds and escape sequences included.
    void verbatim(const QString& text);
    /// A line on standard error, after the program's name.
    void warning(const QString& text);

    /// Replaces the progress line on the terminal; nothing where there is none.
    void setProgress(const QString& text);
    /// Leaves no half progress line.
    void end() { clearProgress(); }

    /// So many lines got lost here, as nobody read them.
    void tellMissed(qint64 lines);
    /// An end was asked for: nobody is waited for any more who does not read.
    void hurry() { m_isHurried = true; }
    [[nodiscard]] bool isHurried() const { return m_isHurried; }

    /// No progress while a question is open: it would be written over what is being typed.
    void holdProgress(bool isHeld) { m_isHeld = isHeld; }
    [[nodiscard]] bool isProgressHeld() const { return m_isHeld; }

private:
    void clearProgress();

    QIODevice& m_out;
    QIODevice& m_error;
    TerminalWidth m_terminalWidth;
    bool m_hasProgress = false;
    bool m_isHeld = false;
    bool m_hasEvents = false;
    bool m_isHurried = false;
};

} // namespace sockdrop
