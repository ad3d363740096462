#include "format.h"
#include "offercard.h"
#include "offersarea.h"
#include "offertext.h"

#include <QApplication>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

using namespace sockdrop;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(sockdrop::OfferAnswer)

namespace {

OfferSnapshot knownOffer(OfferId id = 1)
{
    OfferSnapshot offer;
    offer.id = id;
    offer.sender = u"anna"_s;
    offer.knownAs = u"Anna's laptop"_s;
    offer.address = u"192.0.2.7"_s;
    offer.fingerprint = QString(64, u'a');
    offer.isEncrypted = true;
    offer.files = 12;
    offer.bytes = 3'400'000;
    offer.names = {u"a.txt"_s, u"b.txt"_s, u"c.txt"_s, u"d.txt"_s};
    offer.dropped = 6;
    offer.folder = u"/home/anna"_s;
    offer.bytesFree = 120'000'000'000;
    return offer;
}

OfferSnapshot newOffer(OfferId id = 1)
{
    OfferSnapshot offer = knownOffer(id);
    offer.knownAs.clear();
    offer.code = u"123 456"_s;
    offer.contact = ContactState::Open;
    return offer;
}

QString allTexts(const QWidget& widget)
{
    QStringList texts{widget.accessibleName(), widget.accessibleDescription()};
    for (const QLabel* label : widget.findChildren<QLabel*>())
        texts << label->text() << label->toolTip();
    return texts.join(u'|');
}

} // namespace

/// Uploads that ask to be let in, as the person sees them.
class OfferCardsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
    void saysWhoAndWhat();
    void saysWhatIsWrong();
    void firstContactShowsTheCode();
    void incompleteOffersCannotBeAccepted();
    void theCodeStaysUntilBothHaveAnswered();
    void whatEndsThereIsTold();
    void nothingIsPressedInTheFirstMoment();
    void aStrayEnterAcceptsNothing();
    void answers();
    void aFloodIsOneLine();
    void cardsStayWhileTheyWait();
    void cardsThatMoveCannotBePressedAtOnce();
    void answeringLeavesTheNextCardAlone();
    void tabGoesFromCardToCard();
    void withdrawnOffersGo();
    void basicClientsCannotBeKnown();
    void hostileTextIsInert();

private:
    static void waitUntilArmed(OfferCard& card) { QTRY_VERIFY(card.declineButton().isEnabled()); }
};

void OfferCardsTest::saysWhoAndWhat()
{
    const OfferSnapshot offer = knownOffer();
    QCOMPARE(offerTitle(offer), u"Anna's laptop wants to send 12 files (3.4 MB)"_s);
    QCOMPARE(offerMark(offer), u"Known device at 192.0.2.7"_s);
    QCOMPARE(offerNames(offer), u"a.txt, b.txt, c.txt and 3 more"_s);
    QCOMPARE(offerPlace(offer), u"Lands in /home/anna (120 GB free)"_s);
    OfferSnapshot basic = offer;
    basic.bytes = -1;
    basic.files = 1;
    basic.bytesFree = -1;
    basic.names = {u"x"_s};
    basic.dropped = 1;
    QCOMPARE(offerTitle(basic), u"Anna's laptop wants to send 1 file (size unknown)"_s);
    QCOMPARE(offerNames(basic), u"x"_s);
    QCOMPARE(offerPlace(basic), u"Lands in /home/anna"_s);
}

void OfferCardsTest::saysWhatIsWrong()
{
    OfferSnapshot offer = newOffer();
    QVERIFY(offerMark(offer).startsWith(u"New device"_s));
    QCOMPARE(offerTone(offer), Tone::Warning);
    offer.isImpostor = true;
    QVERIFY(offerMark(offer).contains(u"its key is different"_s));
    QVERIFY(offerTitle(offer).startsWith(u"A device that calls itself “anna” wants"_s));
    QCOMPARE(offerTone(offer), Tone::Error);
    offer.isImpostor = false;
    offer.fingerprint.clear();
    QVERIFY(offerMark(offer).contains(u"nobody can tell"_s));
    offer.isEncrypted = false;
    QVERIFY(offerMark(offer).startsWith(u"Not encrypted"_s));
}

void OfferCardsTest::firstContactShowsTheCode()
{
    const OfferCard card(newOffer());
    QVERIFY(allTexts(card).contains(u"123 456"_s));
    QVERIFY(allTexts(card).contains(u"the sender's screen shows this code"_s));
    const OfferCard known(knownOffer());
    QVERIFY(!known.findChild<QLabel*>()->isVisibleTo(&known) || !allTexts(known).contains(u"123"_s));
}

void OfferCardsTest::incompleteOffersCannotBeAccepted()
{
    OfferSnapshot offer = newOffer();
    offer.isComplete = false;
    OfferCard card(offer);
    waitUntilArmed(card);
    QVERIFY(!card.acceptButton().isEnabled());
    QVERIFY(!card.alwaysButton().isEnabled());
    QVERIFY(!card.elsewhereButton().isEnabled());
    QVERIFY(allTexts(card).contains(u"once the sender has confirmed"_s));
    card.showOffer(newOffer());
    QVERIFY(!card.acceptButton().isEnabled()); // a moment to see what it is
    QTRY_VERIFY(card.acceptButton().isEnabled());
}

void OfferCardsTest::theCodeStaysUntilBothHaveAnswered()
{
    OfferSnapshot offer = newOffer();
    offer.isComplete = false;
    OffersArea area;
    QList<OfferAnswer> answers;
    connect(&area, &OffersArea::answered, this,
            [&answers](OfferId, OfferAnswer answer) { answers += answer; });
    area.showOffers({offer});
    OfferCard& card = *area.cards().constFirst();
    waitUntilArmed(card);
    card.matchButton().click();
    offer.contact = ContactState::SameHere;
    area.showOffers({offer});
    QVERIFY(allTexts(card).contains(u"123 456"_s) && allTexts(card).contains(u"Waiting for the sender"_s));
    QVERIFY(card.matchButton().isHidden());
    card.differButton().click(); // the second half of a double click
    QCOMPARE(answers, QList{OfferAnswer::CodesMatch});
    waitUntilArmed(card);
    card.differButton().click(); // it may still be taken back
    QCOMPARE(answers, (QList{OfferAnswer::CodesMatch, OfferAnswer::CodesDiffer}));
    offer.isComplete = true;
    offer.contact = ContactState::SameThere;
    area.showOffers({offer});
    QVERIFY(allTexts(card).contains(u"123 456"_s));
    QVERIFY(!card.acceptButton().isHidden() && card.matchButton().isHidden());
    offer.contact = ContactState::Same;
    area.showOffers({offer});
    QVERIFY(!allTexts(card).contains(u"123 456"_s) && card.differButton().isHidden());
}

void OfferCardsTest::whatEndsThereIsTold()
{
    OfferSnapshot offer = newOffer();
    offer.contact = ContactState::DiffersThere;
    QVERIFY(contactEndText(offer).startsWith(u"anna says that the codes don't match"_s));
    offer.contact = ContactState::TooLate;
    QVERIFY(contactEndText(offer).startsWith(u"Took too long"_s));
    offer.contact = ContactState::StoppedThere;
    QVERIFY(contactEndText(offer).isEmpty());
}

void OfferCardsTest::nothingIsPressedInTheFirstMoment()
{
    OfferCard card(knownOffer());
    QVERIFY(!card.acceptButton().isEnabled());
    QVERIFY(!card.declineButton().isEnabled());
    waitUntilArmed(card);
    QVERIFY(card.acceptButton().isEnabled());
}

void OfferCardsTest::aStrayEnterAcceptsNothing()
{
    OffersArea area;
    QSignalSpy answered(&area, &OffersArea::answered);
    area.show();
    QVERIFY(QTest::qWaitForWindowExposed(&area));
    area.showOffers({knownOffer()});
    OfferCard& card = *area.cards().constFirst();
    waitUntilArmed(card);
    QVERIFY(!card.acceptButton().hasFocus());
    for (QWidget* target : {static_cast<QWidget*>(&area), static_cast<QWidget*>(&card)}) {
        QTest::keyClick(target, Qt::Key_Return);
        QTest::keyClick(target, Qt::Key_Enter);
        QTest::keyClick(target, Qt::Key_Space);
    }
    QCOMPARE(answered.size(), 0);
}

void OfferCardsTest::answers()
{
    OffersArea area;
    area.showOffers({knownOffer(7)});
    OfferCard& card = *area.cards().constFirst();
    waitUntilArmed(card);
    QList<std::pair<OfferId, OfferAnswer>> answers;
    connect(&area, &OffersArea::answered, this, [&answers](OfferId id, OfferAnswer answer) {
        answers.append({id, answer});
    });
    card.declineButton().click();
    card.acceptButton().click();
    card.alwaysButton().click();
    const QList<std::pair<OfferId, OfferAnswer>> expected{
        {7, OfferAnswer::Decline}, {7, OfferAnswer::Accept}, {7, OfferAnswer::AcceptAlways}};
    QCOMPARE(answers, expected);
}

void OfferCardsTest::aFloodIsOneLine()
{
    OffersArea area;
    QList<OfferSnapshot> offers;
    for (OfferId id = 1; id <= 15; ++id)
        offers += knownOffer(id);
    area.showOffers(offers);
    QCOMPARE(area.cards().size(), 3);
    QCOMPARE(area.moreText(), u"12 more uploads wait for an answer."_s);
    QList<OfferId> declined;
    connect(&area, &OffersArea::answered, this, [&declined](OfferId id, OfferAnswer answer) {
        QCOMPARE(answer, OfferAnswer::Decline);
        declined += id;
    });
    area.declineAllButton().click();
    QCOMPARE(declined.size(), 15);
}

/// What somebody is about to press is not swapped under the pointer.
void OfferCardsTest::cardsStayWhileTheyWait()
{
    OffersArea area;
    area.showOffers({knownOffer(1), newOffer(2)});
    const QList<OfferCard*> before = area.cards();
    area.showOffers({knownOffer(1), newOffer(2), newOffer(3)});
    QCOMPARE(area.cards().first(2), before);
    area.showOffers({newOffer(2), newOffer(3)});
    QCOMPARE(area.cards().constFirst(), before[1]);
}

/// A press that was meant for the one that stood there decides nothing.
void OfferCardsTest::cardsThatMoveCannotBePressedAtOnce()
{
    OffersArea area;
    area.showOffers({knownOffer(1), knownOffer(2)});
    OfferCard* second = area.cards().constLast();
    waitUntilArmed(*second);
    area.showOffers({knownOffer(1), knownOffer(2), knownOffer(3)});
    QVERIFY(second->acceptButton().isEnabled());
    area.showOffers({knownOffer(2), knownOffer(3)});
    QVERIFY(!second->acceptButton().isEnabled());
    waitUntilArmed(*second);
    QVERIFY(second->acceptButton().isEnabled());
}

/// Nor does a key that is pressed twice.
void OfferCardsTest::answeringLeavesTheNextCardAlone()
{
    QWidget page;
    auto* box = new QVBoxLayout(&page);
    auto* area = new OffersArea(&page);
    box->addWidget(area);
    page.show();
    page.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    area->showOffers({knownOffer(1), knownOffer(2)});
    OfferCard* first = area->cards().constFirst();
    waitUntilArmed(*first);
    waitUntilArmed(*area->cards().constLast());
    first->acceptButton().setFocus();
    QVERIFY(first->acceptButton().hasFocus());
    area->showOffers({knownOffer(2)});
    QVERIFY(!area->cards().constFirst()->isAncestorOf(QApplication::focusWidget()));
}

/// Down the cards, before what follows on the page.
void OfferCardsTest::tabGoesFromCardToCard()
{
    OffersArea area;
    area.showOffers({knownOffer(1), knownOffer(2)});
    for (OfferCard* card : area.cards())
        waitUntilArmed(*card);
    QList<QWidget*> expected;
    for (OfferCard* card : area.cards())
        expected << &card->declineButton() << &card->acceptButton() << &card->alwaysButton()
                 << &card->elsewhereButton();
    expected << &area.declineAllButton();
    QList<QWidget*> order;
    for (QWidget* next = expected.constFirst(); order.size() < expected.size();
         next = next->nextInFocusChain()) {
        if (qobject_cast<QPushButton*>(next) && !next->isHidden())
            order << next;
    }
    QCOMPARE(order, expected);
}

void OfferCardsTest::withdrawnOffersGo()
{
    QWidget page;
    OffersArea area(&page);
    QVERIFY(!area.isVisibleTo(&page));
    area.showOffers({newOffer()});
    QVERIFY(area.isVisibleTo(&page));
    area.showOffers({});
    QVERIFY(!area.isVisibleTo(&page));
    QVERIFY(area.cards().isEmpty());
}

void OfferCardsTest::basicClientsCannotBeKnown()
{
    OfferSnapshot offer = knownOffer();
    offer.knownAs.clear();
    offer.fingerprint.clear();
    OfferCard card(offer);
    QVERIFY(!card.alwaysButton().isVisibleTo(&card));
}

/// Markup, mnemonics, control and bidirectional characters in everything that a peer chooses.
void OfferCardsTest::hostileTextIsInert()
{
    const QString evil = u"<b>x</b>&amp;\u202e\n\u001b[31m\u0000"_s + QString(5000, u'y');
    OfferSnapshot offer = newOffer();
    offer.sender = evil;
    offer.address = evil;
    offer.code = evil;
    offer.folder = evil;
    offer.names = {evil, evil};
    for (const bool isKnown : {false, true}) {
        offer.knownAs = isKnown ? evil : QString();
        OfferCard card(offer);
        for (const QLabel* label : card.findChildren<QLabel*>()) {
            QCOMPARE(label->textFormat(), Qt::PlainText);
            for (const QChar forbidden : {QChar(u'\n'), QChar(0x202e), QChar(0x1b), QChar(u'\0')})
                QVERIFY2(!label->text().contains(forbidden), qPrintable(label->text()));
        }
        QVERIFY(allTexts(card).contains(u"<b>x</b>&amp;"_s));
        QVERIFY(offerTitle(offer).size() < 200);
        QVERIFY(offerNames(offer).size() < 200);
    }
}

QTEST_MAIN(OfferCardsTest)
#include "tst_offercards.moc"
