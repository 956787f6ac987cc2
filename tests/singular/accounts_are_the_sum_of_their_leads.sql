-- Each account with leads has a row for each scorecard, and its figures are those of its leads that are neither excluded nor
-- disqualified.
with

members as (

    select
        lead_id,
        not is_excluded and not is_disqualified as is_member,
        least(
            {% for stage in stage_names()[1:] %}
            coalesce({{ stage }}_at, {{ end_of_time() }}){{ ',' if not loop.last }}
            {% endfor %}
        ) as mql_at
    from {{ ref('lead_stages') }}

),

expected as (

    select
        leads.account_id,
        scores.scorecard_id,
        count(*) as count_leads,
        sum(case when members.is_member then 1 else 0 end) as count_committee_leads,
        sum(case when members.is_member and scores.engagement_score > 0 then 1 else 0 end) as count_engaged_leads,
        max(case when members.is_member then scores.score end) as best_score,
        max(case when members.is_member then scores.fit_score end) as best_fit_score,
        sum(case when members.is_member then scores.engagement_score else 0 end) as engagement_score,
        min(
            case when members.is_member and scores.is_champion then nullif(members.mql_at, {{ end_of_time() }}) end
        ) as account_mql_at
    from {{ ref('leads') }} as leads
    inner join {{ ref('lead_scores') }} as scores on leads.lead_id = scores.lead_id
    inner join members on leads.lead_id = members.lead_id
    where leads.account_id is not null
    group by leads.account_id, scores.scorecard_id

)

select
    coalesce(expected.account_id, shown.account_id) as account_id,
    coalesce(expected.scorecard_id, shown.scorecard_id) as scorecard_id
from expected
full outer join {{ ref('account_scores') }} as shown
    on
        expected.account_id = shown.account_id
        and expected.scorecard_id = shown.scorecard_id
left join {{ ref('accounts') }} as accounts on shown.account_id = accounts.account_id
where
    expected.account_id is null
    or shown.account_id is null
    or shown.count_leads <> accounts.count_leads
    {% for name in ['count_leads', 'count_committee_leads', 'count_engaged_leads', 'engagement_score'] %}
    or expected.{{ name }} <> shown.{{ name }}
    {% endfor %}
    {% for name in ['best_score', 'best_fit_score'] %}
    or coalesce(expected.{{ name }}, -1) <> coalesce(shown.{{ name }}, -1)
    {% endfor %}
    or (
        shown.is_champion
        and coalesce(expected.account_mql_at, {{ end_of_time() }}) <> coalesce(shown.account_mql_at, {{ end_of_time() }})
    )
