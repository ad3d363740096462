#include "peersdialog.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Looking after the known devices.
class PeersDialogTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void showsWhoIsKnown();
    void nobodyIsKnownAtFirst();
    void renames();
    void aTakenNameIsRefused();
    void always();
    void forgetsAfterAQuestion();
    void copiesTheFingerprint();
    void hostileNamesAreInert();

private:
    void put(QChar key, const QString& name);
    void open();
    [[nodiscard]] QTreeWidgetItem* row(int number) const { return m_dialog->list().topLevelItem(number); }

    std::unique_ptr<PeersDialog> m_dialog; ///< goes before the folder
    std::unique_ptr<QTemporaryDir> m_folder;
    std::shared_ptr<KnownPeers> m_peers;
};

void PeersDialogTest::init()
{
    m_dialog.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_peers = std::make_shared<KnownPeers>(m_folder->path());
}

void PeersDialogTest::put(QChar key, const QString& name)
{
    KnownPeer peer;
    peer.fingerprint = QString(64, key);
    peer.name = name;
    peer.address = u"192.0.2.7:54321"_s;
    peer.addedAt = QDateTime::currentDateTimeUtc();
    peer.seenAt = peer.addedAt;
    QVERIFY(m_peers->put(peer));
}

void PeersDialogTest::open()
{
    m_dialog = std::make_unique<PeersDialog>(m_peers, u"me"_s, QString(64, u'0'));
    m_dialog->show();
    const Result<QList<KnownPeer>> all = m_peers->all();
    QVERIFY(all);
    QTRY_COMPARE(m_dialog->list().topLevelItemCount(), int(all->size()));
}

void PeersDialogTest::showsWhoIsKnown()
{
    put(u'a', u"anna"_s);
    put(u'b', u"bert"_s);
    open();
    QCOMPARE(row(0)->text(0), u"anna"_s);
    QCOMPARE(row(1)->text(0), u"bert"_s);
    QVERIFY(row(0)->text(4).startsWith(u"aaaa aaaa"_s));
    QCOMPARE(row(1)->text(3), u"192.0.2.7:54321"_s); // an address is one device's
    QCOMPARE(groupedFingerprint(u"0123456789"_s), u"0123 4567 89"_s);
}

void PeersDialogTest::nobodyIsKnownAtFirst()
{
    open();
    const auto labels = m_dialog->findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [this](const QLabel* label) {
        return label->isVisibleTo(m_dialog.get()) && label->text().startsWith(u"No device is known yet"_s);
    }));
}

void PeersDialogTest::renames()
{
    put(u'a', u"anna"_s);
    open();
    row(0)->setText(0, u"Anna's laptop"_s);
    QTRY_COMPARE(m_peers->find(QString(64, u'a')).value()->name, u"Anna's laptop"_s);
}

void PeersDialogTest::aTakenNameIsRefused()
{
    put(u'a', u"anna"_s);
    put(u'b', u"bert"_s);
    open();
    row(1)->setText(0, u"ANNA"_s);
    QTRY_VERIFY(m_dialog->notice().isVisibleTo(m_dialog.get()));
    QTRY_COMPARE(row(1)->text(0), u"bert"_s);
}

void PeersDialogTest::always()
{
    put(u'a', u"anna"_s);
    open();
    row(0)->setCheckState(1, Qt::Checked);
    QTRY_VERIFY(m_peers->find(QString(64, u'a')).value()->isAlwaysAccepted);
}

void PeersDialogTest::forgetsAfterAQuestion()
{
    put(u'a', u"anna"_s);
    open();
    m_dialog->list().setCurrentItem(row(0));
    m_dialog->forgetButton().click();
    QVERIFY(m_dialog->notice().text().contains(u"Forget “anna”?"_s));
    QVERIFY(m_peers->find(QString(64, u'a')).value());
    static_cast<QPushButton*>(m_dialog->notice().choiceButton(0))->click();
    QTRY_VERIFY(!m_peers->find(QString(64, u'a')).value());
    QTRY_COMPARE(m_dialog->list().topLevelItemCount(), 0);
}

void PeersDialogTest::copiesTheFingerprint()
{
    put(u'a', u"anna"_s);
    open();
    m_dialog->list().setCurrentItem(row(0));
    m_dialog->copyButton().click();
    QCOMPARE(QGuiApplication::clipboard()->text(), QString(64, u'a'));
}

void PeersDialogTest::hostileNamesAreInert()
{
    put(u'a', u"<b>x</b>&amp;\u202e\u001b[31m y"_s);
    open();
    QVERIFY(row(0)->text(0).startsWith(u"<b>x</b>&amp;"_s));
    for (const QChar forbidden : {QChar(u'\n'), QChar(0x202e), QChar(0x1b)})
        QVERIFY(!row(0)->text(0).contains(forbidden));
    QVERIFY(!Qt::mightBeRichText(row(0)->toolTip(0)) || row(0)->toolTip(0).contains(u"&lt;b&gt;"_s));
}

QTEST_MAIN(PeersDialogTest)
#include "tst_peersdialog.moc"
