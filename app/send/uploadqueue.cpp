#include "uploadqueue.h"

#include "sendengine.h"

namespace sockdrop {

UploadQueue::UploadQueue(const SendOptions& options, QObject* parent)
    : QObject(parent), m_engine(std::make_unique<SendEngine>(options))
{
    connect(m_engine.get(), &SendEngine::uploadsChanged, this, &UploadQueue::uploadsChanged);
    connect(m_engine.get(), &SendEngine::logged, this, &UploadQueue::logged);
    connect(m_engine.get(), &SendEngine::finished, this, &UploadQueue::finished);
    m_engine->moveToThread(&m_thread);
    m_thread.setObjectName(QStringLiteral("sender"));
    m_thread.start();
}

UploadQueue::~UploadQueue()
{
    QMetaObject::invokeMethod(m_engine.get(), &SendEngine::shutDown, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

void UploadQueue::send(const QStringList& paths, const PeerAddress& peer)
{
    QMetaObject::invokeMethod(m_engine.get(),
                              [engine = m_engine.get(), paths, peer] { engine->send(paths, peer); });
}

void UploadQueue::cancel(TransferId id)
{
    QMetaObject::invokeMethod(m_engine.get(), [engine = m_engine.get(), id] { engine->cancel(id); });
}

void UploadQueue::cancelAll()
{
    QMetaObject::invokeMethod(m_engine.get(), &SendEngine::cancelAll);
}

void UploadQueue::pause(TransferId) {}

void UploadQueue::resume(TransferId) {}

void UploadQueue::retry(TransferId id)
{
    QMetaObject::invokeMethod(m_engine.get(), [engine = m_engine.get(), id] { engine->retry(id); });
}

void UploadQueue::forget(const QList<TransferId>& ids)
{
    QMetaObject::invokeMethod(m_engine.get(), [engine = m_engine.get(), ids] { engine->forget(ids); });
}

} // namespace sockdrop
