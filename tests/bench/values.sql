-- Results of one mechanism, their cells and the totals that they add up to, written in bulk.
-- Parameters: %(mechanism)s, %(since)s and %(last)s (first days of quarters), %(person)s, %(at)s.

-- A value for every stream and quarter; 1 of 23 is missing. Of the last quarter half is verified,
-- four of ten wait, and one of ten is missing. A stock rises from quarter to quarter.
INSERT INTO workplans_result (
    origin, stream_id, period_id, revision, state, numerator, denominator, deviation, note,
    entered_by_id, submitted_by_id, submitted_at, first_submitted_at, restatement_reason, version
)
SELECT 'entered', stream.id, period.id, 1,
    CASE WHEN period.starts_on < %(last)s OR stream.id %% 10 < 5 THEN 'verified' ELSE 'submitted' END,
    amount.value, CASE WHEN version.data_type = 'percentage' THEN 2 * amount.value END, '', '',
    %(person)s, %(person)s, %(at)s, %(at)s, '', 1
FROM workplans_stream stream
JOIN workplans_indicatorversion version ON version.id = stream.version_id
JOIN workplans_indicator indicator ON indicator.id = version.indicator_id
JOIN coordination_period period ON period.starts_on BETWEEN %(since)s AND %(last)s
CROSS JOIN LATERAL (
    SELECT 120000 * (1 + (stream.id * 7 + period.id * 3) %% 40
        + CASE WHEN version.over_periods = 'latest' THEN period.id * 5 ELSE 0 END)
) amount (value)
WHERE indicator.mechanism_id = %(mechanism)s
    AND (stream.id + period.id * 5) %% 23 > 0
    AND (period.starts_on < %(last)s OR stream.id %% 10 < 9);

-- Every twelfth is told of the categories: those of one disaggregation add up to the whole.
INSERT INTO workplans_resultcell (result_id, category_id, numerator, denominator)
SELECT result.id, category.id,
    result.numerator / 12 * shares.share, result.denominator / 12 * shares.share
FROM workplans_result result
JOIN workplans_stream stream ON stream.id = result.stream_id
JOIN workplans_indicatorversion_disaggregations chosen
    ON chosen.indicatorversion_id = stream.version_id
JOIN workplans_category category ON category.disaggregation_id = chosen.disaggregation_id
JOIN (VALUES
    ('female', 6), ('male', 5), ('sex-not-stated', 1),
    ('0-4', 2), ('5-14', 2), ('15-24', 2), ('25-59', 3), ('60-and-over', 2), ('age-not-stated', 1)
) shares (key, share) ON shares.key = category.key
JOIN workplans_indicatorversion version ON version.id = stream.version_id
JOIN workplans_indicator indicator ON indicator.id = version.indicator_id
WHERE indicator.mechanism_id = %(mechanism)s;

INSERT INTO workplans_resultdecision
    (result_id, kind, method, sample, note, reason, by_id, at)
SELECT result.id, 'verified', 'documents', '', '', '', %(person)s, %(at)s
FROM workplans_result result
JOIN workplans_stream stream ON stream.id = result.stream_id
JOIN workplans_indicatorversion version ON version.id = stream.version_id
JOIN workplans_indicator indicator ON indicator.id = version.indicator_id
WHERE indicator.mechanism_id = %(mechanism)s AND result.state = 'verified';

-- What services/totals.py keeps: a flow adds its value to its quarter, a stock its change; in the
-- stream's place and those above, for its organisation and for all, for the whole and each part.
WITH part AS (
    SELECT basis.basis, stream.version_id, stream.organisation_id, stream.place_id,
        result.stream_id, result.period_id, period.starts_on,
        version.over_periods = 'latest' AS is_stock,
        one.category_id, one.numerator, coalesce(one.denominator, 0) AS denominator
    FROM workplans_result result
    JOIN workplans_stream stream ON stream.id = result.stream_id
    JOIN workplans_indicatorversion version ON version.id = stream.version_id
    JOIN workplans_indicator indicator ON indicator.id = version.indicator_id
    JOIN coordination_period period ON period.id = result.period_id
    JOIN (VALUES ('verified'), ('reported')) basis (basis)
        ON basis.basis = 'reported' OR result.state = 'verified'
    CROSS JOIN LATERAL (
        SELECT NULL::bigint AS category_id, result.numerator, result.denominator
        UNION ALL
        SELECT cell.category_id, cell.numerator, cell.denominator
        FROM workplans_resultcell cell WHERE cell.result_id = result.id
    ) one
    WHERE indicator.mechanism_id = %(mechanism)s
        AND version.over_periods IN ('sum', 'latest') AND version.over_places = 'sum'
), step AS (
    SELECT part.*,
        numerator - CASE WHEN is_stock THEN coalesce(lag(numerator) OVER earlier, 0) ELSE 0 END
            AS numerator_step,
        denominator - CASE WHEN is_stock THEN coalesce(lag(denominator) OVER earlier, 0) ELSE 0 END
            AS denominator_step,
        CASE WHEN is_stock AND lag(stream_id) OVER earlier IS NOT NULL THEN 0 ELSE 1 END AS begun
    FROM part
    WINDOW earlier AS (PARTITION BY basis, stream_id, category_id ORDER BY starts_on)
)
INSERT INTO reporting_total (
    version_id, place_id, period_id, organisation_id, category_id,
    verified_numerator, verified_denominator, verified_streams, verified_now,
    reported_numerator, reported_denominator, reported_streams, reported_now
)
SELECT step.version_id, above.id, step.period_id, whose.organisation_id, step.category_id,
    coalesce(sum(numerator_step) FILTER (WHERE basis = 'verified'), 0),
    coalesce(sum(denominator_step) FILTER (WHERE basis = 'verified'), 0),
    coalesce(sum(begun) FILTER (WHERE basis = 'verified'), 0),
    count(*) FILTER (WHERE basis = 'verified'),
    coalesce(sum(numerator_step) FILTER (WHERE basis = 'reported'), 0),
    coalesce(sum(denominator_step) FILTER (WHERE basis = 'reported'), 0),
    coalesce(sum(begun) FILTER (WHERE basis = 'reported'), 0),
    count(*) FILTER (WHERE basis = 'reported')
FROM step
JOIN coordination_place place ON place.id = step.place_id
JOIN coordination_place above
    ON above.path = place.path OR place.path LIKE above.path || '/%%'
CROSS JOIN LATERAL (VALUES (NULL::bigint), (step.organisation_id)) whose (organisation_id)
GROUP BY 1, 2, 3, 4, 5;
