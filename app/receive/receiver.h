#pragma once

#include "folderstatus.h"
#include "landingfolder.h"
#include "logring.h"
#include "offersnapshot.h"
#include "receiveoptions.h"
#include "result.h"
#include "transfer.h"

#include <QDateTime>
#include <QList>
#include <QObject>
#include <QTimer>

#include <memory>

namespace sockdrop {

class ReceiveEngine;
class UploadBoard;

/// Receive mode: listens, lets uploads in and lands them in the destination.
///
/// Lives in the thread that made it (the window's); every call returns at once, all sockets and files are on
/// threads of its own, and every signal comes from its own thread's event loop.
class Receiver final : public QObject
{
    Q_OBJECT

public:
    enum class State { Off, Starting, On, Stopping };
    Q_ENUM(State)

    explicit Receiver(QObject* parent = nullptr);
    /// Cuts every upload; what was incomplete stays a partial file in the staging folder.
    ~Receiver() override;

    /// From Off: checks the destination, listens, goes On; or back to Off with startFailed().
    void start(const ReceiveOptions& options);
    /// From Starting or On: cuts every upload and goes Off.
    void stop();

    [[nodiscard]] State state() const { return m_state; }
    /// The port that is listened on while On, else 0.
    [[nodiscard]] quint16 port() const { return m_port; }

    /// For uploads admitted from now on; what runs lands where it was admitted to.
    void setDestination(const QString& folder, ConflictPolicy conflict);

    /// For offers from now on; what waits is decided anew.
    void setAdmission(AcceptPolicy accept, bool takesPlain);
    /// Decides about an offer; nothing for one that is not waiting any more. `folder` is another place for
    /// this upload to land in; empty: the destination.
    void answer(OfferId id, OfferAnswer answer, const QString& folder = {});

    /// Stops one upload; nothing for one that ended. What came of a batch is kept: its sender can go on.
    void cancel(TransferId id);
    /// As cancel(), and removes what is unfinished.
    void discard(TransferId id);
    /// Lets the sender hold an upload that runs. Only batches can be paused.
    void pause(TransferId id);
    void resume(TransferId id);

    /// Removes a partial file that nobody is continuing now; the list comes anew with partialsChanged().
    void discardPartials(const QList<sockdrop::PartialFile>& partials);

Q_SIGNALS:
    void stateChanged(sockdrop::Receiver::State state);
    /// PortInUse says in its text by which program, where that can be known; the port to offer instead is
    /// `freePort` (0: none looked for).
    void startFailed(const sockdrop::Error& error, quint16 freePort);
    /// New or changed uploads, at most ten times a second; each upload's final state is always told once.
    void uploadsChanged(const QList<sockdrop::TransferSnapshot>& uploads);
    /// Files of batches, some at a time (see ReceiveOptions::tellsFiles): an upload waits where they come
    /// faster than they are handled. Each file's final state is told before that of its upload.
    void filesChanged(const QList<sockdrop::FileSnapshot>& files);
    /// All that wait for a person now, the oldest first, whenever that changes.
    void offersChanged(const QList<sockdrop::OfferSnapshot>& offers);
    /// An offer that was accepted into a folder that cannot be used: it still waits.
    void answerFailed(sockdrop::OfferId offer, const sockdrop::Error& error);
    /// Somebody who was never met makes contact: `code` shall be the same on both screens. Told under every
    /// policy; offersChanged() has it only where somebody is asked. Not much else of it is known yet.
    void firstContact(const sockdrop::OfferSnapshot& contact);
    /// A first contact about which somebody was asked here is over, but not by an answer here: `contact` says
    /// whether the codes don't match over there, the sender gave up, or it took too long.
    void contactEnded(const sockdrop::OfferSnapshot& contact);
    void folderStatusChanged(const sockdrop::FolderStatus& status);
    /// What lies unfinished in the destination and nobody is continuing at the moment, when that changes.
    void partialsChanged(const QList<sockdrop::PartialFile>& partials);
    void logged(const sockdrop::LogEntry& entry);

private:
    void enter(State state);
    void giveUp();
    void tellNews();

    std::unique_ptr<UploadBoard> m_board; ///< outlives every engine, so that ids stay unique
    std::unique_ptr<ReceiveEngine> m_engine;
    QTimer m_filesTimer; ///< while files wait to be told
    State m_state = State::Off;
    quint16 m_port = 0;
};

} // namespace sockdrop
