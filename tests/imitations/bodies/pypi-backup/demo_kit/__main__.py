import argparse

from . import Plan, Store


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("plan")
    parser.add_argument("--store", required=True)
    options = parser.parse_args()
    Plan(options.plan).run(Store(options.store))


if __name__ == "__main__":
    main()
