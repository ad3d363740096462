// Runs a fuzz target without libFuzzer: FUZZER RUNS FOLDER: every file of the corpus, then RUNS mutations of
// them with a fixed seed. What made it abort is written to "crash-input" in the working folder.
#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QList>

#include <csignal>
#include <cstdio>
#include <random>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size);

namespace {

QByteArray current;

void run(const QByteArray& input)
{
    current = input;
    LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(current.constData()),
                           static_cast<size_t>(current.size()));
}

/// Only for the developer: the process is over anyway.
void keepInput(int)
{
    QFile file(QStringLiteral("crash-input"));
    if (file.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        file.write(current);
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

QByteArray mutated(const QList<QByteArray>& corpus, std::mt19937& random)
{
    const auto below = [&random](qsizetype end) {
        return end <= 0 ? 0 : static_cast<qsizetype>(random() % static_cast<quint32>(end));
    };
    QByteArray input = corpus[below(corpus.size())];
    for (qsizetype change = 1 + below(4); change > 0; --change) {
        const qsizetype at = below(input.size() + 1);
        switch (below(4)) {
        case 0:
            input.insert(at, static_cast<char>(random()));
            break;
        case 1:
            input.remove(at, 1 + below(8));
            break;
        case 2:
            if (at < input.size())
                input[at] = static_cast<char>(random());
            break;
        default: {
            const QByteArray other = corpus[below(corpus.size())];
            const qsizetype from = below(other.size());
            input.insert(at, other.mid(from, 1 + below(32)));
            break;
        }
        }
    }
    return input;
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s RUNS FOLDER\n", argv[0]);
        return 2;
    }
    std::signal(SIGABRT, keepInput);
    const QDir folder(QFile::decodeName(argv[2]));
    QList<QByteArray> corpus;
    for (const QString& name : folder.entryList(QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(name));
        if (file.open(QIODevice::ReadOnly))
            corpus += file.readAll();
    }
    if (corpus.isEmpty()) {
        std::fprintf(stderr, "%s: there is no corpus\n", argv[2]);
        return 1;
    }
    for (const QByteArray& input : corpus)
        run(input);
    std::mt19937 random(1);
    const int runs = QByteArray(argv[1]).toInt();
    for (int i = 0; i < runs; ++i)
        run(mutated(corpus, random));
    std::printf("%lld inputs, %d mutations\n", static_cast<long long>(corpus.size()), runs);
    return 0;
}
