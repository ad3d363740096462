#include "queuefixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTest>

namespace sockdrop {

QueueFixture::QueueFixture(const Limits& limits, int jobs)
    : m_queue(std::make_unique<UploadQueue>(SendOptions{jobs, limits}))
{
    connect(m_queue.get(), &UploadQueue::uploadsChanged, this,
            [this](const QList<TransferSnapshot>& uploads) {
                for (const TransferSnapshot& upload : uploads) {
                    m_uploads[upload.id] = upload;
                    m_timesFinal[upload.id] += isFinal(upload.state) ? 1 : 0;
                }
            });
    connect(m_queue.get(), &UploadQueue::logged, this, [this](const LogEntry& entry) { m_entries += entry; });
    connect(m_queue.get(), &UploadQueue::finished, this, [this] { ++m_finished; });
}

QString QueueFixture::makeFile(const QString& relative, const QByteArray& bytes) const
{
    QDir().mkpath(QFileInfo(path(relative)).path());
    QFile file(path(relative));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(relative));
    return path(relative);
}

bool QueueFixture::sendAndWait(const QStringList& paths, const PeerAddress& peer)
{
    const int before = m_finished;
    m_queue->send(paths, peer);
    return QTest::qWaitFor([this, before] { return m_finished > before; }, 60'000);
}

} // namespace sockdrop
