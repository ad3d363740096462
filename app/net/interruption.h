#pragma once

#include <QEventLoop>

#include <mutex>

namespace sockdrop {

/// Lets another thread end what one thread waits for: event loops, or descriptors.
class Interruption final
{
public:
    Interruption();
    ~Interruption();
    Q_DISABLE_COPY_MOVE(Interruption)

    /// From any thread: ends the loop that runs, and every later one at once. Once set, it stays so until
    /// reset().
    void set();
    void reset();
    [[nodiscard]] bool isSet() const;

    /// Can be read as long as it is set: for poll().
    [[nodiscard]] int descriptor() const { return m_descriptor; }

    /// Runs the loop until it quits or set() is called.
    void exec(QEventLoop& loop);

private:
    const int m_descriptor;
    mutable std::mutex m_mutex;
    QEventLoop* m_loop = nullptr;
    bool m_isSet = false;
};

} // namespace sockdrop
