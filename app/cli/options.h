#pragma once

#include "result.h"

#include <QHash>
#include <QLatin1StringView>
#include <QStringList>

#include <span>

namespace sockdrop {

/// What is wrong with the arguments: an InvalidArgument error.
[[nodiscard]] Error usageError(const QString& text);

/// One option a command knows.
struct OptionSpec
{
    QLatin1StringView name; ///< without dashes
    bool takesValue = false;
};

/// The arguments of one command, taken apart.
struct Options
{
    QHash<QString, QString> values; ///< by option name; empty for an option without value
    QStringList operands;

    [[nodiscard]] bool isSet(QLatin1StringView name) const { return values.contains(name); }
    [[nodiscard]] QString value(QLatin1StringView name) const { return values.value(name); }
};

/// Takes "--name", "--name value" and "--name=value" apart; what comes after "--" is an operand. An unknown
/// or repeated option, a missing or superfluous value is an InvalidArgument error.
[[nodiscard]] Result<Options> splitOptions(const QStringList& arguments, std::span<const OptionSpec> known);

} // namespace sockdrop
