#include "offerprompt.h"

#include "messages.h"
#include "offertext.h"
#include "output.h"

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

OfferPrompt::OfferPrompt(Output& output, OutputFormat format) : m_output(output), m_format(format)
{
    connect(&m_terminal, &TerminalQuestion::answered, this, &OfferPrompt::answer);
}

void OfferPrompt::update(const QList<OfferSnapshot>& offers)
{
    const QList<OfferSnapshot> before = std::exchange(m_offers, offers);
    for (const OfferSnapshot& offer : before) {
        const bool isThere = std::any_of(offers.begin(), offers.end(),
                                         [&offer](const OfferSnapshot& one) { return one.id == offer.id; });
        if (isThere)
            continue;
        if (m_told.remove(offer.id) && !m_answered.contains(offer.id))
            m_output.warning(Cli::tr("%1 does not ask any more.").arg(senderName(offer)));
        m_answered.remove(offer.id);
        m_compared.remove(offer.id);
        if (m_asked == offer.id)
            m_asked = 0;
    }
    for (const OfferSnapshot& offer : offers) {
        if (offer.isComplete && !m_told.contains(offer.id))
            tell(offer);
    }
    askNext();
}

void OfferPrompt::tell(const OfferSnapshot& offer)
{
    m_told.insert(offer.id);
    if (m_format == OutputFormat::Json)
        m_output.event(u"offer"_s, offerFields(offer));
    if (m_asked != 0)
        m_output.warning(Cli::tr("%1 asks to upload, too.").arg(senderName(offer)));
}

void OfferPrompt::askNext()
{
    if (m_asked != 0)
        return;
    m_terminal.ignore();
    m_output.holdProgress(false);
    const auto next = std::find_if(m_offers.begin(), m_offers.end(), [this](const OfferSnapshot& offer) {
        return questionOf(offer) != Question::None;
    });
    if (next == m_offers.end())
        return;
    m_asked = next->id;
    m_question = questionOf(*next);
    m_terminal.listen(); // before it is asked: what was typed until now is no answer to it
    m_output.holdProgress(true);
    put(*next);
}

/// First the code, alone: who says yes to it has not seen yet what would come.
OfferPrompt::Question OfferPrompt::questionOf(const OfferSnapshot& offer) const
{
    const bool isCodeOpen =
        !offer.code.isEmpty() && isComparing(offer.contact) && offer.contact != ContactState::SameHere;
    if (isCodeOpen && !m_compared.contains(offer.id))
        return Question::Code;
    return offer.isComplete && !m_answered.contains(offer.id) ? Question::Upload : Question::None;
}

void OfferPrompt::put(const OfferSnapshot& offer)
{
    m_output.warning(senderText(offer));
    if (m_question == Question::Code) {
        m_output.warning(Cli::tr("Does its screen show the same code? Type yes or no."));
        return;
    }
    m_output.warning(contentText(offer));
    m_output.warning(offer.fingerprint.isEmpty() ? Cli::tr("Accept it? Type y (yes) or n (no).")
                                                 : Cli::tr("Accept it? Type y (yes), n (no) or a (always)."));
}

/// Only a whole word counts: a stray Enter lets nobody in.
void OfferPrompt::answer(const QString& line)
{
    const auto asked = std::find_if(m_offers.begin(), m_offers.end(),
                                    [this](const OfferSnapshot& offer) { return offer.id == m_asked; });
    if (m_asked == 0 || asked == m_offers.end())
        return;
    const QString word = line.toLower();
    if (m_question == Question::Code) {
        answerCode(word);
        return;
    }
    OfferAnswer answer = OfferAnswer::Decline;
    if (word == "y"_L1 || word == "yes"_L1) {
        answer = OfferAnswer::Accept;
    } else if ((word == "a"_L1 || word == "always"_L1) && !asked->fingerprint.isEmpty()) {
        answer = OfferAnswer::AcceptAlways;
    } else if (word != "n"_L1 && word != "no"_L1) {
        m_output.warning(Cli::tr("That is no answer; the upload still waits."));
        return;
    }
    const OfferId offer = std::exchange(m_asked, 0);
    m_answered.insert(offer);
    Q_EMIT answered(offer, answer);
    askNext();
}

void OfferPrompt::answerCode(const QString& word)
{
    const bool isSame = word == "yes"_L1 || word == "y"_L1;
    if (!isSame && word != "no"_L1 && word != "n"_L1) {
        m_output.warning(Cli::tr("That is no answer; the code still waits to be compared."));
        return;
    }
    const OfferId offer = std::exchange(m_asked, 0);
    m_compared.insert(offer);
    if (!isSame)
        m_answered.insert(offer); // nothing of it is asked any more
    Q_EMIT answered(offer, isSame ? OfferAnswer::CodesMatch : OfferAnswer::CodesDiffer);
    askNext();
}

void OfferPrompt::takeBack(OfferId offer, const Error& error)
{
    m_output.warning(error.text);
    m_answered.remove(offer);
    askNext();
}

} // namespace sockdrop
