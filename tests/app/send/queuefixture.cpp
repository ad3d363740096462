#include "queuefixture.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTest>

namespace sockdrop {

using namespace std::chrono_literals;

QueueFixture::QueueFixture(const SendOptions& options)
{
    makeQueue(options);
}

SendOptions QueueFixture::impatient()
{
    SendOptions options;
    options.senderId = "0123456789abcdef";
    options.retryFor = 0ms;
    return options;
}

void QueueFixture::makeQueue(const SendOptions& options)
{
    m_uploads.clear();
    m_states.clear();
    m_timesFinal.clear();
    m_files.clear();
    m_fileTimesFinal.clear();
    m_entries.clear();
    m_finished = 0;
    m_queue = std::make_unique<UploadQueue>(options);
    connect(m_queue.get(), &UploadQueue::uploadsChanged, this,
            [this](const QList<TransferSnapshot>& uploads) {
                for (const TransferSnapshot& upload : uploads) {
                    m_uploads[upload.id] = upload;
                    m_timesFinal[upload.id] += isFinal(upload.state) ? 1 : 0;
                }
                if (m_states.isEmpty() || m_states.constLast() != state())
                    m_states += state();
            });
    connect(m_queue.get(), &UploadQueue::filesChanged, this, [this](const QList<FileSnapshot>& files) {
        for (const FileSnapshot& file : files) {
            m_files[{file.batch, file.file}] = file;
            m_fileTimesFinal[{file.batch, file.file}] += isFinal(file.state) ? 1 : 0;
        }
    });
    connect(m_queue.get(), &UploadQueue::logged, this, [this](const LogEntry& entry) { m_entries += entry; });
    connect(m_queue.get(), &UploadQueue::finished, this, [this] { ++m_finished; });
}

SendOptions QueueFixture::patient()
{
    SendOptions options = impatient();
    options.retryFor = 60s;
    options.limits.firstBackoff = 1ms;
    options.limits.mostBackoff = 20ms;
    return options;
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
    return waitForEnd(before);
}

bool QueueFixture::retryAndWait(TransferId id)
{
    const int before = m_finished;
    m_queue->retry(id);
    return waitForEnd(before);
}

bool QueueFixture::waitForEnd(int finishedBefore) const
{
    return QTest::qWaitFor([this, finishedBefore] { return m_finished > finishedBefore; }, 60'000);
}

TransferState QueueFixture::state() const
{
    return m_uploads.isEmpty() ? TransferState::Waiting : m_uploads.last().state;
}

FileSnapshot QueueFixture::file(const QString& name) const
{
    FileSnapshot found;
    for (const FileSnapshot& file : m_files) {
        if (file.name == name)
            found = file;
    }
    return found;
}

QStringList QueueFixture::names(TransferState state) const
{
    QStringList names;
    for (const FileSnapshot& file : m_files) {
        if (file.state == state)
            names += file.name;
    }
    names.sort();
    return names;
}

int QueueFixture::timesFinal(const FileSnapshot& file) const
{
    return m_fileTimesFinal.value({file.batch, file.file});
}

} // namespace sockdrop
