"""Adminer in headless Chromium: log in, list the tables, open one, ask for it
at an instant, export that.  Arguments: its address, the server of PostgreSQL as
Adminer wants it, the user, a folder for pictures and what is downloaded."""
import json
import os
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

ADDRESS, SERVER, USER, FOLDER = sys.argv[1:]
options = webdriver.ChromeOptions()
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--lang=en", "--user-data-dir=" + FOLDER + "/profile"):
    options.add_argument(argument)
options.binary_location = "/usr/bin/chromium"
browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
browser.set_page_load_timeout(120)
browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": FOLDER})
# a screen as wide as the page, which else looks as it does on a telephone
browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
    "width": 1060, "height": 660, "screenWidth": 1060, "screenHeight": 660, "deviceScaleFactor": 1, "mobile": False})


def find(selector):
    return WebDriverWait(browser, 20).until(lambda b: b.find_element(By.CSS_SELECTOR, selector))


def fill(selector, text):
    field = find(selector)
    field.clear()
    field.send_keys(text)


def picture(name):
    browser.save_screenshot(FOLDER + "/adminer-" + name + ".png")


def rows():
    """The table of the page: the names of its columns, and its rows."""
    cells = [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")]
             for row in browser.find_elements(By.CSS_SELECTOR, "#table tr")]
    return [row[1:] for row in cells]


said = {}
try:
    browser.get(ADDRESS)
    Select(find("[name='auth[driver]']")).select_by_value("pgsql")
    fill("[name='auth[server]']", SERVER)
    fill("[name='auth[username]']", USER)
    fill("[name='auth[password]']", "any")
    fill("[name='auth[db]']", "demo")
    find("input[type=submit]").click()
    Select(find("#dbs select[name=ns]")).select_by_visible_text("hist")
    WebDriverWait(browser, 20).until(lambda b: "ns=hist" in b.current_url)
    find("#Table-items")
    said["tables"] = [link.text for link in browser.find_elements(By.CSS_SELECTOR, "[id^=Table-]")]
    picture("tables")

    # the structure, then the newest state
    find("#Table-items").click()
    find("#content table")
    said["structure"] = [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")]
                         for row in browser.find_elements(By.CSS_SELECTOR, "#content .scrollable table tr")]
    browser.find_element(By.LINK_TEXT, "Select data").click()
    find("#table")
    said["now"] = rows()

    # at an instant: the column as_of is one to search by
    find("a[href='#fieldset-search']").click()
    Select(find("[name='where[0][col]']")).select_by_visible_text("as_of")
    fill("[name='where[0][val]']", "2018-12-13 00:00+00")
    find("#form [type=submit]").click()
    WebDriverWait(browser, 20).until(lambda b: "as_of" in b.current_url)
    find("#table")
    said["then"] = rows()
    picture("instant")

    # the export of that
    find("a[href='#fieldset-export']").click()
    Select(find("#fieldset-export [name=output]")).select_by_visible_text("save")
    Select(find("#fieldset-export [name=format]")).select_by_visible_text("CSV,")
    find("#fieldset-export [name=export]").click()
    for _ in range(600):
        done = [name for name in os.listdir(FOLDER) if name.endswith(".csv")]
        if done:
            break
        time.sleep(0.1)
    said["exported"] = done

    # a condition that names no one instant says so
    Select(find("[name='where[0][op]']")).select_by_visible_text(">")
    find("#form [type=submit]").click()
    said["refused"] = find(".error").text
    picture("refused")
except BaseException:
    browser.save_screenshot(FOLDER + "/failed.png")
    raise
finally:
    browser.quit()
print(json.dumps(said))
