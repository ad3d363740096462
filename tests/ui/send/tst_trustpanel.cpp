#include "trustpanel.h"

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QVBoxLayout>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

TrustQuestion question(quint64 upload, const QString& name = u"desk"_s)
{
    return {upload, u"192.0.2.9"_s, name, QString(64, u'b'), u"123 45%1"_s.arg(upload)};
}

TrustQuestion question(quint64 upload, ContactState state)
{
    TrustQuestion later = question(upload);
    later.state = state;
    return later;
}

TransferSnapshot upload(TransferId id, TransferState state)
{
    TransferSnapshot snapshot;
    snapshot.id = id;
    snapshot.state = state;
    return snapshot;
}

} // namespace

/// The sender's side of a first contact.
class TrustPanelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void asksOneAfterAnother();
    void theCodeStaysUntilBothHaveAnswered();
    void whatEndsThereIsTold_data();
    void whatEndsThereIsTold();
    void endedUploadsAskNoMore();
    void aStrayEnterTrustsNobody();
    void hostileTextIsInert();
};

void TrustPanelTest::asksOneAfterAnother()
{
    QWidget page;
    TrustPanel panel(&page);
    QVERIFY(!panel.isVisibleTo(&page));
    QList<std::pair<TransferId, bool>> answers;
    connect(&panel, &TrustPanel::answered, this, [&answers](TransferId id, bool isSame) {
        answers.append({id, isSame});
    });
    panel.ask(question(1));
    panel.ask(question(2));
    QVERIFY(panel.isVisibleTo(&page));
    QCOMPARE(panel.code(), u"123 451"_s);
    QVERIFY(panel.text().contains(u"“desk” (192.0.2.9)"_s));
    QTRY_VERIFY(panel.sameButton().isEnabled());
    panel.sameButton().click();
    QCOMPARE(panel.code(), u"123 452"_s);
    panel.sameButton().click(); // the second half of a double click
    QCOMPARE(panel.code(), u"123 452"_s);
    QTRY_VERIFY(panel.differentButton().isEnabled());
    panel.differentButton().click();
    QCOMPARE(panel.code(), u"123 451"_s); // that one is not answered over there
    panel.ask(question(1, ContactState::Same));
    QVERIFY(!panel.isVisibleTo(&page));
    const QList<std::pair<TransferId, bool>> expected{{1, true}, {2, false}};
    QCOMPARE(answers, expected);
}

void TrustPanelTest::theCodeStaysUntilBothHaveAnswered()
{
    QWidget page;
    TrustPanel panel(&page);
    qsizetype waiting = 0;
    connect(&panel, &TrustPanel::waitingChanged, this, [&waiting](qsizetype count) { waiting = count; });
    panel.ask(question(1));
    QCOMPARE(waiting, 1);
    QTRY_VERIFY(panel.sameButton().isEnabled());
    panel.ask(question(1, ContactState::SameThere));
    QVERIFY(panel.text().contains(u"has confirmed"_s));
    QVERIFY(panel.sameButton().isEnabled()); // the question is the same
    panel.ask(question(1));
    panel.sameButton().click();
    QCOMPARE(waiting, 0);
    panel.ask(question(1, ContactState::SameThere)); // was on its way
    QVERIFY(panel.isVisibleTo(&page) && panel.sameButton().isHidden() && panel.differentButton().isHidden());
    QCOMPARE(panel.code(), u"123 451"_s);
    QVERIFY(panel.text().startsWith(u"Waiting for “desk”"_s));
    panel.ask(question(1, ContactState::Same));
    QVERIFY(!panel.isVisibleTo(&page));
}

void TrustPanelTest::whatEndsThereIsTold_data()
{
    QTest::addColumn<ContactState>("state");
    QTest::addColumn<QString>("text");
    QTest::newRow("differs") << ContactState::DiffersThere << u"“desk” says that the codes don't match"_s;
    QTest::newRow("too late") << ContactState::TooLate << u"Took too long"_s;
    QTest::newRow("declined") << ContactState::StoppedThere << QString(); // the row says it
    QTest::newRow("differs here") << ContactState::DiffersHere << QString();
}

void TrustPanelTest::whatEndsThereIsTold()
{
    QFETCH(ContactState, state);
    QFETCH(QString, text);
    QWidget page;
    TrustPanel panel(&page);
    QString told;
    connect(&panel, &TrustPanel::ended, this,
            [&told](const TrustQuestion& ended) { told = contactEndText(ended); });
    panel.ask(question(1));
    panel.ask(question(1, state));
    QVERIFY(!panel.isVisibleTo(&page));
    QVERIFY(text.isEmpty() ? told.isEmpty() : told.startsWith(text));
}

void TrustPanelTest::endedUploadsAskNoMore()
{
    QWidget page;
    TrustPanel panel(&page);
    panel.ask(question(1));
    panel.ask(question(2));
    panel.follow({upload(1, TransferState::Asking), upload(3, TransferState::Done)});
    QCOMPARE(panel.code(), u"123 451"_s);
    panel.follow({upload(1, TransferState::Cancelled)});
    QCOMPARE(panel.code(), u"123 452"_s);
    panel.follow({upload(2, TransferState::Failed)});
    QVERIFY(!panel.isVisibleTo(&page));
}

void TrustPanelTest::aStrayEnterTrustsNobody()
{
    QWidget page;
    auto* box = new QVBoxLayout(&page);
    auto* field = new QLineEdit(&page);
    auto* panel = new TrustPanel(&page);
    box->addWidget(panel);
    box->addWidget(field);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    field->setFocus();
    bool isAnswered = false;
    connect(panel, &TrustPanel::answered, this, [&isAnswered] { isAnswered = true; });
    panel->ask(question(1));
    QCOMPARE(page.focusWidget(), field);
    for (QWidget* target : {static_cast<QWidget*>(field), static_cast<QWidget*>(panel)}) {
        QTest::keyClick(target, Qt::Key_Return);
        QTest::keyClick(target, Qt::Key_Space);
    }
    QVERIFY(!isAnswered);
}

void TrustPanelTest::hostileTextIsInert()
{
    TrustPanel panel;
    TrustQuestion evil = question(1, u"<b>x</b>&amp;\u202e\n\u001b[31m"_s);
    evil.address = evil.name;
    evil.code = evil.name;
    panel.ask(evil);
    for (const QLabel* label : panel.findChildren<QLabel*>()) {
        QCOMPARE(label->textFormat(), Qt::PlainText);
        for (const QChar forbidden : {QChar(u'\n'), QChar(0x202e), QChar(0x1b)})
            QVERIFY(!label->text().contains(forbidden));
    }
    QVERIFY(panel.text().contains(u"<b>x</b>&amp;"_s));
}

QTEST_MAIN(TrustPanelTest)
#include "tst_trustpanel.moc"
