#include "receivecontext.h"

namespace sockdrop {

ReceiveContext::ReceiveContext(const BatchSessionOptions& options, const AdmissionOptions& admission,
                               UploadBoard& board, ServiceInfo service, Destination destination,
                               int mostUploads)
    : m_limits(options.limits), m_board(board), m_service(std::move(service)), m_mostUploads(mostUploads),
      m_tokens(options.limits), m_destination(std::move(destination)), m_refusals(board),
      m_admission(admission, board), m_batches(board, options, [this](const HeldBatch& batch, bool isOver) {
          isOver ? m_admission.batchEnded(batch) : m_admission.batchLost(batch);
      })
{}

ReceiveContext::Destination ReceiveContext::destination() const
{
    const QMutexLocker lock(&m_mutex);
    return m_destination;
}

bool ReceiveContext::mayAdmit(const std::optional<HeldBatch>& batch) const
{
    const QMutexLocker lock(&m_mutex);
    return m_mostUploads == 0 || m_admitted < m_mostUploads || (batch && m_admittedBatches.contains(*batch));
}

bool ReceiveContext::admit(const std::optional<HeldBatch>& batch)
{
    const QMutexLocker lock(&m_mutex);
    if (m_mostUploads == 0 || (batch && m_admittedBatches.contains(*batch)))
        return true;
    if (m_admitted >= m_mostUploads)
        return false;
    ++m_admitted;
    if (batch)
        m_admittedBatches.insert(*batch);
    return true;
}

void ReceiveContext::setDestination(const Destination& destination)
{
    const QMutexLocker lock(&m_mutex);
    m_destination = destination;
}

} // namespace sockdrop
