#pragma once

#include <QStringView>

#include <optional>

namespace sockdrop {

/// What the person of one side has said about the code of a first contact (PROTOCOL.md, `says`).
enum class CodeAnswer {
    Open, ///< nothing yet
    Same,
    Differs,
    Stopped, ///< gave up, or does not want it
    Late,    ///< did not answer in time
};

/// Where a first contact stands, seen from one of its sides.
enum class ContactState {
    Begun,     ///< there is no code yet
    Open,      ///< both screens show the code; nobody has answered
    SameHere,  ///< the person here found it the same
    SameThere, ///< the one there did
    Same,      ///< both did: the devices may know each other now
    DiffersHere,
    DiffersThere,
    StoppedHere,
    StoppedThere,
    TooLate,
};

/// The code stands on both screens, and an answer counts.
[[nodiscard]] bool isComparing(ContactState state);

/// The state once the person here has said so. One that is no comparing any more stays as it is.
[[nodiscard]] ContactState saidHere(ContactState state, CodeAnswer answer);
[[nodiscard]] ContactState saidThere(ContactState state, CodeAnswer answer);

/// What the person here has said so far, as the other side is told.
[[nodiscard]] CodeAnswer answerHere(ContactState state);

/// "open", "same", …
[[nodiscard]] QLatin1StringView codeAnswerWord(CodeAnswer answer);
[[nodiscard]] std::optional<CodeAnswer> codeAnswerFromWord(QStringView word);

} // namespace sockdrop
