#include "logdock.h"
#include "mainwindow.h"
#include "partialsdialog.h"
#include "peersdialog.h"
#include "profile.h"
#include "receivepage.h"
#include "receiver.h"
#include "sampletransfers.h"
#include "sendpage.h"
#include "settings.h"
#include "uploadqueue.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

/// Markup, a character reference, a mnemonic, bidirectional, control, escape and invisible characters, a half
/// of a pair, a line that is forged, and no end.
QString evil()
{
    static const QString text = u"<b>x</b>&amp;&z\u202edfp.exe\u2066\u001b[31m\r\nforged: ok\t"_s + QChar(0) +
                                u"\u009b2J\u2028\u2029\u200b\ufeff\u00ad"_s + QChar(0xd83d) +
                                u"<img src=\"http://192.0.2.1/a.png\">"_s + QString(5000, u'y');
    return text;
}

constexpr qsizetype mostOnScreen = 1200;
const QString shownMarkup = u"<b>x</b>&amp;&z"_s;

bool isForbidden(char32_t letter)
{
    const QChar::Category category = QChar::category(letter);
    return category == QChar::Other_Control || category == QChar::Other_Surrogate ||
           category == QChar::Separator_Line || category == QChar::Separator_Paragraph ||
           (category == QChar::Other_Format && letter != 0x200c && letter != 0x200d);
}

/// What is wrong with a text on the screen; empty: nothing.
QString problemOf(const QString& text)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool isPair = text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate();
        const char32_t letter = isPair ? QChar::surrogateToUcs4(text[i], text[i + 1]) : text[i].unicode();
        i += isPair ? 1 : 0;
        if (isForbidden(letter))
            return u"U+%1"_s.arg(static_cast<uint>(letter), 4, 16, QChar(u'0'));
    }
    return {};
}

/// Qt guesses whether a tool tip is markup: ours says so itself and has no other tags than these.
QString problemOfToolTip(const QString& text)
{
    if (text.isEmpty())
        return {};
    QString inner = text;
    if (text.startsWith("<span>"_L1) && text.endsWith("</span>"_L1))
        inner = text.sliced(6).chopped(7).replace(u"<br>"_s, u" "_s);
    else if (Qt::mightBeRichText(text))
        return u"is taken for markup"_s;
    return inner.contains(u'<') ? u"has tags"_s : problemOf(inner);
}

QString problemOfLabel(const QLabel& label)
{
    if (label.text().size() > mostOnScreen)
        return u"is too long"_s;
    const bool isGuessed = label.textFormat() != Qt::PlainText;
    if (isGuessed && (label.text().contains(u"x</b>"_s) || Qt::mightBeRichText(label.text())))
        return u"is taken for markup"_s;
    return label.buddy() && label.text().contains(u"&z"_s) ? u"has a mnemonic"_s : problemOf(label.text());
}

/// Buttons, menus and tabs take a single & for a mnemonic.
QString problemOfCaption(const QString& text)
{
    return QString(text).remove(u"&&"_s).contains(u"&z"_s) ? u"has a mnemonic"_s : problemOf(text);
}

QStringList problemsOfItem(const QModelIndex& index)
{
    QStringList problems{problemOfToolTip(index.data(Qt::ToolTipRole).toString())};
    QStringList texts;
    for (const int role :
         {int(Qt::DisplayRole), int(Qt::AccessibleTextRole), int(Qt::AccessibleDescriptionRole),
          int(Qt::StatusTipRole), int(Qt::WhatsThisRole)})
        texts << index.data(role).toString();
    if (qobject_cast<const TransferModel*>(index.model())) {
        for (const int role : {TransferModel::SideTextRole, TransferModel::FootnoteRole})
            texts << index.data(role).toString();
        texts << index.data(TransferModel::DetailsRole).toStringList();
    }
    for (const QString& text : texts)
        problems << problemOf(text);
    return problems;
}

QStringList problemsOfItems(const QAbstractItemView& view)
{
    QStringList problems;
    const QAbstractItemModel* model = view.model();
    for (int row = 0; model && row < model->rowCount(); ++row) {
        for (int column = 0; column < model->columnCount(); ++column)
            problems << problemsOfItem(model->index(row, column));
    }
    return problems;
}

QStringList problemsOfWidget(const QWidget& widget)
{
    QStringList problems{problemOf(widget.windowTitle()),
                         problemOf(widget.accessibleName()),
                         problemOf(widget.accessibleDescription()),
                         problemOfToolTip(widget.toolTip()),
                         problemOf(widget.statusTip()),
                         problemOf(widget.whatsThis())};
    if (const auto* label = qobject_cast<const QLabel*>(&widget))
        problems << problemOfLabel(*label);
    if (const auto* button = qobject_cast<const QAbstractButton*>(&widget))
        problems << problemOfCaption(button->text());
    if (const auto* bar = qobject_cast<const QTabBar*>(&widget)) {
        for (int tab = 0; tab < bar->count(); ++tab)
            problems << problemOfCaption(bar->tabText(tab));
    }
    if (const auto* view = qobject_cast<const QAbstractItemView*>(&widget))
        problems << problemsOfItems(*view);
    for (const QAction* action : widget.actions())
        problems << problemOfCaption(action->text()) << problemOfToolTip(action->toolTip());
    return problems;
}

/// All that is wrong in a window, with the kinds of widgets where it is.
QStringList problemsIn(const QWidget& window)
{
    QStringList found;
    QList<const QWidget*> widgets = window.findChildren<const QWidget*>();
    widgets.prepend(&window);
    for (const QWidget* widget : widgets) {
        for (const QString& problem : problemsOfWidget(*widget)) {
            if (!problem.isEmpty())
                found << QString::fromLatin1(widget->metaObject()->className()) + u": "_s + problem;
        }
    }
    found.removeDuplicates();
    return found;
}

/// Whether the words of the peer are there at all, letter by letter.
bool isShownIn(const QWidget& window)
{
    const auto labels = window.findChildren<const QLabel*>();
    return std::any_of(labels.begin(), labels.end(),
                       [](const QLabel* label) { return label->text().contains(shownMarkup); });
}

TransferSnapshot evilTransfer(TransferId id, TransferState state, Direction direction)
{
    TransferSnapshot transfer = sampleBatch(id, state, direction);
    for (QString* text : {&transfer.name, &transfer.peer, &transfer.peerName, &transfer.source,
                          &transfer.destination, &transfer.digest, &transfer.note})
        *text = evil();
    if (state == TransferState::Failed || state == TransferState::Reconnecting)
        transfer.error = Error{ErrorCode::NotTrusted, evil()};
    return transfer;
}

FileSnapshot evilFile(TransferId batch, quint32 number, TransferState state, Direction direction)
{
    FileSnapshot file = sampleFile(batch, number, state, direction);
    for (QString* text : {&file.name, &file.peer, &file.source, &file.destination, &file.digest, &file.note})
        *text = evil();
    if (state == TransferState::Failed)
        file.error = Error{ErrorCode::Refused, evil()};
    return file;
}

constexpr std::array allStates{
    TransferState::Waiting,      TransferState::Preparing, TransferState::Asking,
    TransferState::Transferring, TransferState::Paused,    TransferState::Reconnecting,
    TransferState::Verifying,    TransferState::Done,      TransferState::SentNotConfirmed,
    TransferState::Failed,       TransferState::Cancelled};

OfferSnapshot evilOffer(OfferId id)
{
    OfferSnapshot offer;
    offer.id = id;
    for (QString* text : {&offer.sender, &offer.address, &offer.code, &offer.folder})
        *text = evil();
    offer.fingerprint = QString(64, u'a');
    offer.names = {evil(), evil()};
    offer.dropped = 2;
    offer.isEncrypted = id % 2 == 0;
    offer.isImpostor = id % 3 == 0;
    offer.knownAs = id % 3 == 1 ? evil() : QString();
    return offer;
}

} // namespace

/// Whatever a peer or its network chooses is shown as it is: no markup, no mnemonic, one line, no character
/// that would be obeyed.
class InertTextTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void theTestSeesWhatIsWrong();
    void transfers_data();
    void transfers();
    void offers();
    void questions();
    void errors();
    void log();
    void knownDevices();
    void unfinishedUploads();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<UploadQueue> m_queue;
    std::unique_ptr<Receiver> m_receiver;
    std::unique_ptr<MainWindow> m_window;
};

void InertTextTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CONFIG_HOME", m_folder->path().toUtf8());
    const Profile profile = Profile::named(u"work"_s).value();
    m_settings = std::make_unique<Settings>(profile);
    m_queue = std::make_unique<UploadQueue>(SendOptions{});
    m_receiver = std::make_unique<Receiver>();
    m_window = std::make_unique<MainWindow>(profile, *m_settings, *m_queue, *m_receiver);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void InertTextTest::cleanup()
{
    m_window.reset();
    m_queue.reset();
    m_receiver.reset();
    m_settings.reset();
}

void InertTextTest::theTestSeesWhatIsWrong()
{
    QWidget window;
    QLabel guessing(evil(), &window);
    QCOMPARE(problemsIn(window).size(), 1);
    guessing.setText(u"<b>x</b>"_s);
    QCOMPARE(problemsIn(window), QStringList{u"QLabel: is taken for markup"_s});
    guessing.setText(u"x\u202ey"_s);
    QCOMPARE(problemsIn(window), QStringList{u"QLabel: U+202e"_s});
    guessing.setText(u"fine"_s);
    guessing.setToolTip(u"<b>x</b>"_s);
    QCOMPARE(problemsIn(window).size(), 1);
    guessing.setToolTip({});
    QAction action(u"&amp;&z"_s);
    window.addAction(&action);
    QCOMPARE(problemsIn(window).size(), 1);
}

void InertTextTest::transfers_data()
{
    QTest::addColumn<Direction>("direction");
    QTest::newRow("sending") << Direction::Sending;
    QTest::newRow("receiving") << Direction::Receiving;
}

void InertTextTest::transfers()
{
    QFETCH(Direction, direction);
    QList<TransferSnapshot> uploads;
    QList<FileSnapshot> files;
    for (const TransferState state : allStates) {
        const auto id = static_cast<TransferId>(uploads.size()) + 1;
        uploads << evilTransfer(id, state, direction);
        for (const TransferState ofFile : {TransferState::Waiting, TransferState::Transferring,
                                           TransferState::Done, TransferState::Failed})
            files << evilFile(id, quint32(files.size() % 4 + 1), ofFile, direction);
    }
    const bool isSending = direction == Direction::Sending;
    TransferPanel& panel = isSending ? m_window->sendPage().panel() : m_window->receivePage().panel();
    panel.apply(uploads);
    panel.applyFiles(files);
    for (const TransferSnapshot& upload : uploads)
        panel.model().showFiles(upload.id, ShownFiles::All);
    QVERIFY(panel.model().rowCount() > int(uploads.size()));
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
    const QString name = panel.model().index(0).data().toString();
    QVERIFY(name.startsWith(shownMarkup));
}

void InertTextTest::offers()
{
    QList<OfferSnapshot> waiting;
    for (OfferId id = 1; id <= 5; ++id)
        waiting << evilOffer(id);
    Q_EMIT m_receiver->offersChanged(waiting);
    QVERIFY(isShownIn(m_window->receivePage()));
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
    m_settings->setAcceptPolicy(AcceptPolicy::Everyone);
    Q_EMIT m_receiver->firstContact(evilOffer(9));
    QVERIFY(m_window->receivePage().notice().text().contains(shownMarkup));
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
}

void InertTextTest::questions()
{
    Q_EMIT m_queue->trustAsked({1, evil(), evil(), QString(64, u'b'), evil()});
    Q_EMIT m_queue->trustAsked({2, evil(), evil(), QString(64, u'b'), evil()});
    QVERIFY(isShownIn(m_window->sendPage()));
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
}

void InertTextTest::errors()
{
    const Error error{ErrorCode::NotTrusted, evil()};
    m_window->showProblem(error);
    QVERIFY(m_window->sendPage().notice().text().startsWith(shownMarkup));
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
    Q_EMIT m_receiver->startFailed({ErrorCode::PortInUse, evil()}, 54322);
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
    Q_EMIT m_receiver->answerFailed(1, error);
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
    FolderStatus status;
    status.path = m_settings->destination();
    status.error = error;
    Q_EMIT m_receiver->folderStatusChanged(status);
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
}

/// One event is one line there.
void InertTextTest::log()
{
    LogEntry entry;
    entry.time = QDateTime::currentDateTimeUtc();
    entry.direction = Direction::Receiving;
    for (QString* text : {&entry.peer, &entry.name, &entry.digest, &entry.destination, &entry.text})
        *text = evil();
    Q_EMIT m_receiver->logged(entry);
    Q_EMIT m_queue->logged(entry);
    QTRY_COMPARE(m_window->logDock().model().rowCount(), 2);
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
}

void InertTextTest::knownDevices()
{
    const auto peers = std::make_shared<KnownPeers>(m_folder->path());
    KnownPeer peer;
    peer.fingerprint = QString(64, u'a');
    peer.name = evil();
    peer.addedAt = QDateTime::currentDateTimeUtc();
    peer.seenAt = peer.addedAt;
    QVERIFY(peers->put(peer));
    PeersDialog dialog(peers, evil(), QString(64, u'0'));
    dialog.show();
    QTRY_COMPARE(dialog.list().topLevelItemCount(), 1);
    dialog.list().setCurrentItem(dialog.list().topLevelItem(0));
    dialog.forgetButton().click();
    QVERIFY(isShownIn(dialog));
    QCOMPARE(problemsIn(dialog).join(u"; "_s), QString());
}

void InertTextTest::unfinishedUploads()
{
    PartialFile partial;
    partial.id = QByteArray("id");
    partial.name = evil();
    partial.bytesDone = 1;
    partial.expiresAt = QDateTime::currentDateTimeUtc();
    Q_EMIT m_receiver->partialsChanged({partial});
    QCOMPARE(problemsIn(*m_window).join(u"; "_s), QString());
    const PartialsDialog dialog({partial});
    QCOMPARE(problemsIn(dialog).join(u"; "_s), QString());
}

QTEST_MAIN(InertTextTest)
#include "tst_inerttext.moc"
