#pragma once

#include "folderstatus.h"
#include "listener.h"
#include "receivecontext.h"
#include "receiveoptions.h"

#include <QObject>
#include <QThread>
#include <QTimer>

#include <memory>

namespace sockdrop {

/// The part of the receiver that may block: it opens the folder and the port and collects the news. Lives on
/// a thread of its own and speaks through signals.
class ReceiveEngine final : public QObject
{
    Q_OBJECT

public:
    ReceiveEngine(ReceiveOptions options, UploadBoard& board);
    /// Shuts down and waits for the thread.
    ~ReceiveEngine() override;
    Q_DISABLE_COPY_MOVE(ReceiveEngine)

    /// Otherwise there was no thread for it, and it does nothing.
    [[nodiscard]] bool isRunning() const { return m_thread.isRunning(); }

    void start();
    /// Ends in stopped(), also after startFailed().
    void stop();
    void setDestination(const QString& path, ConflictPolicy conflict);
    void discardPartials(const QList<PartialFile>& partials);
    void setAdmission(AcceptPolicy accept, bool takesPlain);
    void answer(OfferId id, OfferAnswer answer, const QString& folder);

Q_SIGNALS:
    void started(quint16 port);
    void startFailed(const sockdrop::Error& error, quint16 freePort);
    void stopped();
    void newsCame();
    void partialsChanged(const QList<sockdrop::PartialFile>& partials);
    void offersChanged(const QList<sockdrop::OfferSnapshot>& offers);
    void answerFailed(sockdrop::OfferId offer, const sockdrop::Error& error);
    void firstContact(const sockdrop::OfferSnapshot& contact);
    void contactEnded(const sockdrop::OfferSnapshot& contact);
    void folderStatusChanged(const sockdrop::FolderStatus& status);

private:
    [[nodiscard]] std::unique_ptr<ReceiveContext>
    makeContext(std::shared_ptr<const LandingFolder> folder) const;
    void shutDown();
    void tellOffers();
    void checkFolder();
    void tellNews();
    void tellPartials();
    void tellFolderStatus(const FolderStatus& status);

    const ReceiveOptions m_options;
    UploadBoard& m_board;
    std::unique_ptr<ReceiveContext> m_context;
    Listener m_listener;
    std::unique_ptr<QTimer> m_newsTimer;
    std::unique_ptr<QTimer> m_folderTimer;
    std::unique_ptr<QTimer> m_expiryTimer;
    FolderStatus m_folderStatus;
    QList<PartialFile> m_partials;
    QList<OfferSnapshot> m_offers;
    QThread m_thread;
};

} // namespace sockdrop
