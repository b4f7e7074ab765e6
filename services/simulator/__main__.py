from services.runtime.service import run
from services.simulator.player import assemble
from services.simulator.settings import Settings

if __name__ == "__main__":
    run("simulator", Settings, assemble)
