#pragma once

#include "arguments.h"
#include "error.h"
#include "offersnapshot.h"
#include "terminalquestion.h"

#include <QList>
#include <QObject>
#include <QSet>

namespace sockdrop {

class Output;

/// Asks the person at the terminal who may upload, one offer after the other, and about its code before.
class OfferPrompt final : public QObject
{
    Q_OBJECT

public:
    OfferPrompt(Output& output, OutputFormat format);

    /// All that wait now.
    void update(const QList<OfferSnapshot>& offers);
    /// An answer that could not be followed: it is asked again.
    void takeBack(OfferId offer, const Error& error);

Q_SIGNALS:
    void answered(sockdrop::OfferId offer, sockdrop::OfferAnswer answer);

private:
    enum class Question { None, Code, Upload };

    [[nodiscard]] Question questionOf(const OfferSnapshot& offer) const;
    void put(const OfferSnapshot& offer);
    void answerCode(const QString& word);
    void tell(const OfferSnapshot& offer);
    void askNext();
    void answer(const QString& line);

    Output& m_output;
    const OutputFormat m_format;
    QList<OfferSnapshot> m_offers;
    QSet<OfferId> m_told;     ///< as complete
    QSet<OfferId> m_answered; ///< and still in m_offers
    QSet<OfferId> m_compared; ///< their code, and still in m_offers
    OfferId m_asked = 0;      ///< 0: nothing is asked
    Question m_question = Question::None;
    TerminalQuestion m_terminal;
};

} // namespace sockdrop
