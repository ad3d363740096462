#include "contactstate.h"

#include <array>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// In the order of CodeAnswer.
constexpr std::array answerWords{"open"_L1, "same"_L1, "differs"_L1, "stopped"_L1, "late"_L1};

} // namespace

bool isComparing(ContactState state)
{
    return state == ContactState::Open || state == ContactState::SameHere || state == ContactState::SameThere;
}

ContactState saidHere(ContactState state, CodeAnswer answer)
{
    if (!isComparing(state))
        return state;
    switch (answer) {
    case CodeAnswer::Open:
        return state;
    case CodeAnswer::Same:
        return state == ContactState::SameThere ? ContactState::Same : ContactState::SameHere;
    case CodeAnswer::Differs:
        return ContactState::DiffersHere;
    case CodeAnswer::Stopped:
        return ContactState::StoppedHere;
    case CodeAnswer::Late:
        return ContactState::TooLate;
    }
    Q_UNREACHABLE();
}

ContactState saidThere(ContactState state, CodeAnswer answer)
{
    if (!isComparing(state))
        return state;
    switch (answer) {
    case CodeAnswer::Open:
        return state;
    case CodeAnswer::Same:
        return state == ContactState::SameHere ? ContactState::Same : ContactState::SameThere;
    case CodeAnswer::Differs:
        return ContactState::DiffersThere;
    case CodeAnswer::Stopped:
        return ContactState::StoppedThere;
    case CodeAnswer::Late:
        return ContactState::TooLate;
    }
    Q_UNREACHABLE();
}

CodeAnswer answerHere(ContactState state)
{
    switch (state) {
    case ContactState::SameHere:
    case ContactState::Same:
        return CodeAnswer::Same;
    case ContactState::DiffersHere:
        return CodeAnswer::Differs;
    case ContactState::StoppedHere:
        return CodeAnswer::Stopped;
    case ContactState::TooLate:
        return CodeAnswer::Late;
    case ContactState::Begun:
    case ContactState::Open:
    case ContactState::SameThere:
    case ContactState::DiffersThere:
    case ContactState::StoppedThere:
        return CodeAnswer::Open;
    }
    Q_UNREACHABLE();
}

QLatin1StringView codeAnswerWord(CodeAnswer answer)
{
    return answerWords.at(static_cast<size_t>(answer));
}

std::optional<CodeAnswer> codeAnswerFromWord(QStringView word)
{
    for (size_t i = 0; i < answerWords.size(); ++i) {
        if (word == answerWords.at(i))
            return static_cast<CodeAnswer>(i);
    }
    return std::nullopt;
}

} // namespace sockdrop
