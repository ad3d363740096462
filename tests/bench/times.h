#pragma once

#include <QElapsedTimer>

#include <algorithm>
#include <vector>

namespace sockdrop {

/// How long something took, each time.
struct Times
{
    std::vector<double> milliseconds;

    void add(const QElapsedTimer& since)
    {
        milliseconds.push_back(static_cast<double>(since.nsecsElapsed()) / 1e6);
    }

    double at(double share)
    {
        if (milliseconds.empty())
            return 0;
        std::sort(milliseconds.begin(), milliseconds.end());
        return milliseconds[static_cast<size_t>(share * static_cast<double>(milliseconds.size() - 1))];
    }
};

} // namespace sockdrop
